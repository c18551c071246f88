// 叁亿贰仟万元整: the spelling of amounts that cannot be altered by a stroke.
const DIGITS = '零壹贰叁肆伍陆柒捌玖';
const PLACES = [[1000, '仟'], [100, '佰'], [10, '拾'], [1, '']];

function group(n) {
  let text = '';
  let gap = false;
  for (const [place, name] of PLACES) {
    const digit = Math.floor(n / place) % 10;
    if (digit) text += (gap && text ? '零' : '') + DIGITS[digit] + name;
    gap = !digit;
  }
  return text;
}

const joined = (rest, full) => (rest ? (rest < full ? '零' : '') + spelled(rest) : '');

function spelled(n) {
  if (n < 1e4) return group(n);
  if (n < 1e8) return `${group(Math.floor(n / 1e4))}万${joined(n % 1e4, 1e3)}`;
  return `${spelled(Math.floor(n / 1e8))}亿${joined(n % 1e8, 1e7)}`;
}

export function capitals(fen) {
  const whole = Math.floor(fen / 100);
  const jiao = Math.floor(fen / 10) % 10;
  const rest = fen % 10;
  const head = whole ? `${spelled(whole)}元` : '';
  if (!jiao && !rest) return `${head || '零元'}整`;
  const middle = jiao ? `${DIGITS[jiao]}角` : whole ? '零' : '';
  return head + middle + (rest ? `${DIGITS[rest]}分` : '整');
}
