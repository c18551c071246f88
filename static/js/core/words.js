// The page's word list, the same file that the server's templates read.
export const language = document.documentElement.lang.startsWith('zh') ? 'zh' : 'en';
const list = await (await fetch(new URL(`../../words/${language}.json`, import.meta.url))).json();
let judicial = false;

export function speakJudicial(yes) {
  judicial = yes;
}

export function t(key, values, court = judicial) {
  const text = (court && list[`${key}@judicial`]) || list[key];
  if (text === undefined) throw new Error(`no word for ${key}`);
  return values ? text.replace(/\{(\w+)\}/g, (_, name) => values[name]) : text;
}

export const has = (key) => key in list;
