import i18n from 'i18next';
import { initReactI18next } from 'react-i18next';

import en from './en.json';
import zh from './zh.json';

declare module 'i18next' {
	interface CustomTypeOptions {
		resources: { translation: typeof en };
	}
}

export type Lang = 'zh' | 'en';

const KEY = 'gale.lang';

function firstLang(): Lang {
	const kept = localStorage.getItem(KEY);
	if (kept === 'zh' || kept === 'en') return kept;
	return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export function currentLang(): Lang {
	return i18n.language === 'en' ? 'en' : 'zh';
}

export function changeLang(lang: Lang) {
	localStorage.setItem(KEY, lang);
	void i18n.changeLanguage(lang);
}

i18n.on('languageChanged', (lang) => {
	document.documentElement.lang = lang;
});

void i18n.use(initReactI18next).init({
	lng: firstLang(),
	fallbackLng: 'en',
	resources: { en: { translation: en }, zh: { translation: zh } },
	interpolation: { escapeValue: false },
	showSupportNotice: false,
});

export default i18n;
