// What people type for money: 3.2亿, 3亿2000万, 32000万, 312m, 312,000,000, ¥312000000.00, all to fen.
export const MAX_FEN = 999_999_999_999_999;
const POWERS = { 亿: 10, 万: 6, m: 8, k: 5, '': 2 };
const WHOLE = /^(?:\d{1,3}(?:,\d{3})+|\d+)$/;

function plain(text) {
  return text.normalize('NFKC').toLowerCase().replace(/\s/g, '').replace(/^(?:¥|rmb|cny)/, '')
    .replace(/億/g, '亿').replace(/萬/g, '万').replace(/million$|mn$/, 'm').replace(/(?:元|圆|yuan)整?$/, '');
}

function scaled(digits, power) {
  const [whole, fraction = '', more] = digits.split('.');
  const trimmed = fraction.replace(/0+$/, '');
  if (more !== undefined || !WHOLE.test(whole) || /\D/.test(fraction) || trimmed.length > power) return null;
  const fen = whole.replace(/,/g, '') + trimmed.padEnd(power, '0');
  return fen.replace(/^0+/, '').length > 15 ? null : Number(fen);
}

// Fen, or null for what is no amount.
export function parseAmount(text) {
  const parts = plain(text).match(/^([\d.,]+亿)?([\d.,]+万)?(?:([\d.,]+)([mk]?))?$/);
  if (!parts) return null;
  const [, yi, wan, rest, unit] = parts;
  const found = [yi, wan, rest && rest + (unit ?? '')].filter(Boolean);
  if (!found.length || ((yi || wan) && unit)) return null;
  let fen = 0;
  for (const [index, part] of found.entries()) {
    const [, digits, name] = part.match(/^([\d.,]+)(\D?)$/) ?? [];
    if (digits === undefined || (digits.includes('.') && index < found.length - 1)) return null;
    const value = scaled(digits, POWERS[name]);
    const above = index ? 10 ** POWERS[found[index - 1].at(-1)] : Infinity;
    if (value === null || value >= above) return null;
    fen += value;
  }
  return fen >= 1 && fen <= MAX_FEN ? fen : null;
}
