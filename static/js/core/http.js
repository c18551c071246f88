// JSON over HTTP. Resolves to {status, body}; status 0 means that no answer came.
export async function ask(path, { method = 'GET', body, timeout = 5000, signal } = {}) {
  try {
    const response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ?? AbortSignal.timeout(timeout),
    });
    return { status: response.status, body: await response.json().catch(() => null) };
  } catch {
    return { status: 0, body: null };
  }
}

export const post = (path, body, options) => ask(path, { ...options, method: 'POST', body });

// Sixteen random bytes as an id that every border accepts.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
