// What is said aloud: polite at most every few seconds and only the newest, assertive at once.
const EVERY_MS = 5000;
const polite = document.querySelector('[data-voice="polite"]');
const urgent = document.querySelector('[data-voice="now"]');
let next = null;
let timer = null;
let saidAt = -EVERY_MS;

function speak() {
  timer = null;
  if (next === null) return;
  saidAt = performance.now();
  polite.textContent = next;
  next = null;
}

export function say(text) {
  next = text;
  timer ??= setTimeout(speak, Math.max(0, saidAt + EVERY_MS - performance.now()));
}

export function cry(text) {
  urgent.textContent = '';
  requestAnimationFrame(() => { urgent.textContent = text; });
}
