// Pauses every open lot, after one deliberate question.
import { fields, put } from '../core/dom.js';
import { newId, post } from '../core/http.js';
import { reason } from '../core/refusals.js';
import { t } from '../core/words.js';

export class PauseAll extends HTMLElement {
  connectedCallback() {
    const f = fields(this);
    let key = newId();
    f.open.onclick = () => {
      put(f.result, '');
      f.dialog.showModal();
    };
    f.cancel.onclick = () => f.dialog.close();
    f.form.onsubmit = async (event) => {
      event.preventDefault();
      const asked = Object.fromEntries(new FormData(f.form));
      const answer = await post('/api/v1/pause', { key, ...asked });
      const done = answer.status === 200;
      f.result.classList.toggle('good', done);
      if (!done) {
        put(f.result, t('op.refused', { why: reason(answer) }));
        return;
      }
      key = newId();
      put(f.result, t('op.paused_all', { n: answer.body.paused.length, refused: Object.keys(answer.body.refused).length }));
    };
  }
}
