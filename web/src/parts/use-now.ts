import { useEffect, useState } from 'react';

/** The time, anew each second while `live`. */
export function useNow(live = true): number {
	const [now, setNow] = useState(() => Date.now());

	useEffect(() => {
		if (!live) return undefined;
		const timer = setInterval(() => setNow(Date.now()), 1000);
		return () => clearInterval(timer);
	}, [live]);
	return now;
}
