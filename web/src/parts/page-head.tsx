import { useEffect, type ReactNode } from 'react';

/** The top of a page: its name, a sentence on what it is for, and what can be done. */
export function PageHead(props: {
	/** The page's name, in the title of the window as well. */
	name: string;
	title?: ReactNode;
	about?: ReactNode;
	children?: ReactNode;
}) {
	const { name } = props;

	useEffect(() => {
		document.title = `${name} · Gale`;
	}, [name]);
	return (
		<div className="page-head">
			<div className="page-title">
				<h1>{props.title ?? name}</h1>
				{props.about && <p>{props.about}</p>}
			</div>
			{props.children && <div className="page-acts">{props.children}</div>}
		</div>
	);
}
