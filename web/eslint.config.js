import hooks from 'eslint-plugin-react-hooks';
import ts from 'typescript-eslint';

export default ts.config({ ignores: ['dist', 'node_modules'] }, ...ts.configs.recommended, {
	files: ['src/**/*.{ts,tsx}'],
	plugins: { 'react-hooks': hooks },
	rules: {
		...hooks.configs.recommended.rules,
		'@typescript-eslint/no-explicit-any': 'error',
		'max-lines-per-function': ['error', { max: 150, skipBlankLines: true, skipComments: true }],
		'no-console': 'error',
	},
});
