import { Tooltip } from 'antd';
import type { ReactNode } from 'react';

/** What is said about the children to whoever points at them or comes by with the keyboard. */
export function Hint(props: { text?: string; className?: string; children: ReactNode }) {
	const { text, className, children } = props;

	if (!text) return <span className={className}>{children}</span>;
	return (
		<Tooltip title={text}>
			<span className={className} tabIndex={0}>
				{children}
			</span>
		</Tooltip>
	);
}
