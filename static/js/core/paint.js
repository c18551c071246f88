// One pass over the page per animation frame, however many events came.
export class Paint {
  #viewers = new Set();
  #asked = false;

  add(viewer) {
    this.#viewers.add(viewer);
    this.ask();
  }

  remove(viewer) {
    this.#viewers.delete(viewer);
  }

  ask() {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      for (const viewer of this.#viewers) viewer.render();
    });
  }
}
