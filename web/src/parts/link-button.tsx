import { Button, type ButtonProps } from 'antd';
import { Link } from 'wouter';

/** A link that looks like a button: it can be opened in another tab, as any link. */
export function LinkButton({ to, ...look }: { to: string } & Omit<ButtonProps, 'href'>) {
	return (
		<Link href={to} asChild>
			<Button {...look} href={to} />
		</Link>
	);
}
