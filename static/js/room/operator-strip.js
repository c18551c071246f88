// The operator's strip of one lot: every act with its coded ground, under a key that makes asking again harmless.
import { put } from '../core/dom.js';
import { ask, newId, post } from '../core/http.js';
import { reason } from '../core/refusals.js';
import { t } from '../core/words.js';
import { Part } from './part.js';

const BODIES = {
  pause: ({ ground, text }) => ({ ground, text }),
  say: ({ kind, text }) => ({ kind, text }),
  resume: ({ delay_s: delay }, view) => ({ delay_ms: Number(delay) * 1000, expect_n: view.n }),
  retract: ({ ground }, view) => ({ ground, expect_n: view.n }),
  withdraw: ({ ground, text }) => ({ ground, text }),
};

export class OperatorStrip extends Part {
  #asked = new Set();

  start() {
    for (const form of this.querySelectorAll('form')) {
      form.onsubmit = (event) => {
        event.preventDefault();
        this.#act(form);
      };
    }
  }

  async #act(form) {
    const { act } = form.dataset;
    const button = form.querySelector('[type="submit"]');
    const result = form.querySelector('[data-f="result"]');
    const asked = Object.fromEntries(new FormData(form));
    form.dataset.key ||= newId();
    button.disabled = true;
    const body = { key: form.dataset.key, ...BODIES[act](asked, this.room.view) };
    const answer = await post(`/api/v1/lots/${this.room.lot.id}/${act}`, body);
    button.disabled = false;
    const done = answer.status === 200 || answer.status === 202;
    result.classList.toggle('good', done);
    if (answer.status === 202) put(result, t('op.proposed'));
    else put(result, done ? t('op.done', { n: answer.body.n }) : t('op.refused', { why: reason(answer) }));
    if (!done && (answer.status === 0 || answer.status === 503)) return;
    delete form.dataset.key;
    if (done) form.reset();
    this.querySelector('op-proposals')?.refresh();
  }

  // The desk has no list of what was said, so the reason that its band gives is fetched here.
  #explain() {
    const { ledger, lot, texts, view, paint } = this.room;
    if (view.state !== 'paused' && view.state !== 'withdrawn') return;
    const { n, text } = ledger.events.findLast((event) => event.t === view.state) ?? {};
    if (!text || texts.has(n) || this.#asked.has(n) || document.querySelector('lot-says')) return;
    this.#asked.add(n);
    ask(`/api/v1/lots/${lot.id}/texts/${n}`).then(({ status, body }) => {
      if (status === 200) texts.set(n, body.text);
      else if (status === 404) texts.set(n, t('says.removed'));
      else this.#asked.delete(n);
      paint.ask();
    });
  }

  // What a lot's state does not allow is shown, but quietly.
  render() {
    this.#explain();
    for (const act of this.querySelectorAll('details')) {
      const fits = act.dataset.needs.split(' ').includes(this.room.view.state);
      act.toggleAttribute('data-off', !fits);
      act.querySelector('[type="submit"]').disabled = !fits;
    }
  }
}
