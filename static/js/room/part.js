// A piece of the room's page: finds its room and its fields, and is drawn once per frame at most.
import { fields } from '../core/dom.js';

export class Part extends HTMLElement {
  connectedCallback() {
    this.room = this.closest('lot-room').room;
    this.f = fields(this);
    this.start();
    this.room.paint.add(this);
  }

  disconnectedCallback() {
    this.room.paint.remove(this);
  }

  start() {}

  render() {}
}
