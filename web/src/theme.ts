// Colours and density, light and dark, and the way to choose between them.
import { theme as antTheme, type ThemeConfig } from 'antd';
import { useSyncExternalStore } from 'react';

export type Look = 'light' | 'dark' | 'system';

const KEY = 'gale.look';
const dark = window.matchMedia('(prefers-color-scheme: dark)');
const still = window.matchMedia('(prefers-reduced-motion: reduce)');
const listeners = new Set<() => void>();

export function currentLook(): Look {
	const kept = localStorage.getItem(KEY);
	return kept === 'light' || kept === 'dark' ? kept : 'system';
}

export function changeLook(look: Look) {
	localStorage.setItem(KEY, look);
	listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void) {
	listeners.add(listener);
	dark.addEventListener('change', listener);
	return () => {
		listeners.delete(listener);
		dark.removeEventListener('change', listener);
	};
}

export function useDark(): boolean {
	return useSyncExternalStore(subscribe, () => {
		const look = currentLook();
		return look === 'system' ? dark.matches : look === 'dark';
	});
}

const FONT =
	"system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif";

const LIGHT_TINTS = {
	colorPrimaryBg: '#e2f2f4',
	colorPrimaryBgHover: '#cbe7eb',
	colorPrimaryBorder: '#0b7285',
	colorInfoBg: '#eaf5f7',
	colorInfoBorder: '#b8dde3',
	colorError: '#c9302c',
	colorTextDescription: '#63727b',
	colorTextPlaceholder: '#6b7982',
};

const DARK_TINTS = {
	colorPrimaryBorder: '#3bb6c6',
	colorLink: '#3bb6c6',
	colorLinkHover: '#6fd0dc',
	colorTextDescription: '#8a9aa3',
	colorTextPlaceholder: '#7f8f98',
};

export function themeOf(isDark: boolean): ThemeConfig {
	return {
		algorithm: isDark ? antTheme.darkAlgorithm : antTheme.defaultAlgorithm,
		token: {
			colorPrimary: isDark ? '#1d9aaa' : '#0b7285',
			colorInfo: isDark ? '#1d9aaa' : '#0b7285',
			// What the library derives: grey from so dark a colour, words too pale to read on either ground.
			...(isDark ? DARK_TINTS : LIGHT_TINTS),
			colorBgLayout: isDark ? '#0e1316' : '#f3f5f6',
			colorBgContainer: isDark ? '#151c20' : '#ffffff',
			colorBgElevated: isDark ? '#1b2429' : '#ffffff',
			fontFamily: FONT,
			fontSize: 13,
			borderRadius: 4,
			controlHeight: 30,
			motion: !still.matches,
		},
		components: {
			Table: { cellPaddingBlock: 8, cellPaddingInline: 12, headerBg: 'transparent' },
			Card: { bodyPadding: 16, headerHeight: 42, headerFontSize: 14 },
			Alert: { withDescriptionPadding: '8px 14px', defaultPadding: '6px 14px' },
			Form: { itemMarginBottom: 16 },
		},
	};
}
