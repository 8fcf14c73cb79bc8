// Zoom and move pictures, and decide by keyboard. Pages work without this file: it adds, it does not carry.

const ZOOM_STEP = 1.5;
const ZOOM_MAX = 12;
const MOVE_STEP_PIXELS = 60;

class Stage {
  constructor(element) {
    this.element = element;
    this.image = element.querySelector("img");
    this.zoom = 1;
    this.x = 0;
    this.y = 0;
    const figure = element.closest("figure");
    const on = (name, act) => figure.querySelector(`[data-zoom="${name}"]`)?.addEventListener("click", act);
    on("in", () => this.zoomTo(this.zoom * ZOOM_STEP));
    on("out", () => this.zoomTo(this.zoom / ZOOM_STEP));
    on("reset", () => this.zoomTo(1));
    element.addEventListener("keydown", (event) => this.onKey(event));
    element.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    element.addEventListener("pointerdown", (event) => this.onPointerDown(event));
    element.addEventListener("dblclick", (event) => this.zoomTo(this.zoom > 1 ? 1 : 3, this.at(event)));
  }

  at(event) {
    const box = this.element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  // Keeps the point under the pointer, or the middle, where it is.
  zoomTo(wanted, point = { x: this.element.clientWidth / 2, y: this.element.clientHeight / 2 }) {
    const zoom = Math.min(ZOOM_MAX, Math.max(1, wanted));
    this.x = point.x - ((point.x - this.x) * zoom) / this.zoom;
    this.y = point.y - ((point.y - this.y) * zoom) / this.zoom;
    this.zoom = zoom;
    this.show();
  }

  moveBy(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.show();
  }

  show() {
    const { clientWidth, clientHeight } = this.element;
    this.x = Math.min(0, Math.max(clientWidth * (1 - this.zoom), this.x));
    this.y = Math.min(0, Math.max(clientHeight * (1 - this.zoom), this.y));
    this.image.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.zoom})`;
    this.element.toggleAttribute("data-zoomed", this.zoom > 1);
  }

  onKey(event) {
    const moves = {
      "+": () => this.zoomTo(this.zoom * ZOOM_STEP),
      "=": () => this.zoomTo(this.zoom * ZOOM_STEP),
      "-": () => this.zoomTo(this.zoom / ZOOM_STEP),
      0: () => this.zoomTo(1),
      ArrowLeft: () => this.moveBy(MOVE_STEP_PIXELS, 0),
      ArrowRight: () => this.moveBy(-MOVE_STEP_PIXELS, 0),
      ArrowUp: () => this.moveBy(0, MOVE_STEP_PIXELS),
      ArrowDown: () => this.moveBy(0, -MOVE_STEP_PIXELS),
    };
    const move = moves[event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.startsWith("Arrow") && this.zoom === 1) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  }

  // Only with the control key: the wheel alone scrolls the page, as everywhere.
  onWheel(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    this.zoomTo(event.deltaY < 0 ? this.zoom * ZOOM_STEP : this.zoom / ZOOM_STEP, this.at(event));
  }

  onPointerDown(event) {
    if (this.zoom === 1) return;
    event.preventDefault();
    this.element.focus({ preventScroll: true });
    this.element.setPointerCapture(event.pointerId);
    this.element.toggleAttribute("data-dragging", true);
    const move = (moved) => this.moveBy(moved.movementX, moved.movementY);
    const stop = () => {
      this.element.toggleAttribute("data-dragging", false);
      this.element.removeEventListener("pointermove", move);
    };
    this.element.addEventListener("pointermove", move);
    this.element.addEventListener("pointerup", stop, { once: true });
    this.element.addEventListener("pointercancel", stop, { once: true });
  }
}

// The server notes a picture as opened when it is fetched; the badge follows.
function markOpened(image) {
  const badge = image.closest("figure")?.querySelector("[data-seen='false']");
  if (!badge || !image.complete || image.naturalWidth === 0) return;
  badge.dataset.seen = "true";
  badge.textContent = badge.dataset.seenText;
  badge.classList.replace("badge-warn", "badge-good");
}

// One key for each verdict, in the group that has the focus or else in the first that is still open.
function decideByKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=radio]), textarea, select")) return;
  const groups = [...document.querySelectorAll("[data-verdicts]")];
  const focused = event.target.closest("[data-verdicts]");
  const group = focused ?? groups.find((one) => !one.querySelector(":checked")) ?? groups[0];
  const choice = group?.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!choice) return;
  event.preventDefault();
  choice.checked = true;
  choice.focus();
}

document.querySelectorAll("[data-stage]").forEach((element) => new Stage(element));
document.querySelectorAll("[data-stage] img").forEach((image) => {
  image.addEventListener("load", () => markOpened(image));
  markOpened(image);
});
if (document.querySelector("[data-verdicts]")) document.addEventListener("keydown", decideByKey);
document.querySelector("[data-focus]")?.focus();
