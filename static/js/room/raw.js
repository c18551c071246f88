// The events of an HTTP answer as the bytes that were stored: {"epoch":…,"n":…,"events":[…]} without decoding them, so that
// they can be hashed.
export function rawEvents(text) {
  const found = [];
  let depth = 0;
  let start = -1;
  let quoted = false;
  for (let at = text.indexOf('[') + 1; at < text.length; at += 1) {
    const char = text[at];
    if (quoted) {
      if (char === '\\') at += 1;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{' && (depth += 1) === 1) start = at;
    else if (char === '}' && (depth -= 1) === 0) found.push(text.slice(start, at + 1));
    else if (char === ']' && depth === 0) break;
  }
  return found;
}
