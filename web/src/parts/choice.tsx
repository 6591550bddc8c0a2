import { Segmented, type SegmentedProps } from 'antd';

/** One of a few, side by side. The keyboard stops once, at the chosen one. */
export function Choice<Value extends string>(
	props: SegmentedProps<Value> & { 'aria-label': string },
) {
	return <Segmented<Value> {...props} tabIndex={-1} />;
}
