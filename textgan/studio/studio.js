// What the page does by itself, without asking the server: walking along a gradient, copying, saving.
(() => {
  "use strict";

  const walkTo = (walk, step) => {
    const items = [...walk.querySelectorAll(".tg-lines li")];
    const at = Math.max(0, Math.min(items.length - 1, step));
    walk.dataset.at = at;
    items.forEach((item, i) => {
      item.classList.toggle("tg-here", i === at);
      item.querySelector("button").setAttribute("aria-pressed", String(i === at));
    });
    walk.querySelectorAll("svg [data-step]").forEach((mark) =>
      mark.classList.toggle("tg-here", Number(mark.dataset.step) === at));
    const range = walk.querySelector("input[type=range]");
    if (Number(range.value) !== at) range.value = at;
    range.setAttribute("aria-valuetext", `line ${at + 1}: ${walk.dataset.text.split("\n")[at]}`);
    const large = walk.querySelector(".tg-large");
    large.textContent = walk.dataset.text.split("\n")[at];
  };

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };

  const save = (text, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  const say = (button, text) => {
    const before = button.dataset.label || button.textContent;
    button.dataset.label = before;
    button.textContent = text;
    setTimeout(() => { button.textContent = before; }, 1500);
  };

  document.addEventListener("input", (event) => {
    const walk = event.target.closest?.(".tg-walk");
    if (walk && event.target.type === "range") walkTo(walk, Number(event.target.value));
  });

  document.addEventListener("click", (event) => {
    const target = event.target;
    const holder = target.closest?.("[data-csv]");
    if (holder && target.closest("[data-copy]")) {
      copy(holder.dataset.text);
      say(target.closest("[data-copy]"), "Copied");
    } else if (holder && target.closest("[data-save]")) {
      save(holder.dataset.csv, `${holder.dataset.file}.${holder.dataset.type || "csv"}`);
    } else if (target.closest?.(".tg-walk [data-step]")) {
      walkTo(target.closest(".tg-walk"), Number(target.closest("[data-step]").dataset.step));
    }
  });

  // What the server sends anew begins at the step that it names.
  new MutationObserver(() => {
    document.querySelectorAll(".tg-walk:not([data-ready])").forEach((walk) => {
      walk.dataset.ready = "";
      walkTo(walk, Number(walk.dataset.at));
    });
  }).observe(document.documentElement, { childList: true, subtree: true });
})();

// The map: points in a plane, drawn here; clicks and drags go to the server, which says what is there.
(() => {
  "use strict";

  const PALETTE = ["#4a6fa5", "#c9741a", "#3d8a5f", "#b04a6e", "#7a5fb0", "#8a7a2a", "#2a8a98", "#b5503c", "#6b7a3a", "#8c5a86", "#56748c", "#a3703a"];
  const REACH = 14;

  class PointMap {
    constructor(root) {
      this.root = root;
      this.data = JSON.parse(root.dataset.map);
      this.canvas = root.querySelector("canvas");
      this.tip = root.querySelector(".tg-tip");
      this.byLabel = false;
      this.hidden = new Set();
      this.path = [];
      this.cursor = null;
      const { x, y } = this.data;
      const pad = (low, high) => [low - 0.06 * (high - low || 1), high + 0.06 * (high - low || 1)];
      [this.left, this.right] = pad(Math.min(...x), Math.max(...x));
      [this.bottom, this.top] = pad(Math.min(...y), Math.max(...y));
      this.legend();
      this.listen();
      new ResizeObserver(() => this.draw()).observe(this.canvas);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    }

    color(name) { return getComputedStyle(this.root).getPropertyValue(name).trim(); }

    group(i) { return this.byLabel ? this.data.label[i] : this.data.real[i] ? 0 : 1; }

    groups() {
      if (this.byLabel) {
        const other = this.data.label.includes(-1) ? [[-1, "other", this.color("--body-text-color-subdued")]] : [];
        return [...this.data.names.map((name, i) => [i, name, PALETTE[i]]), ...other];
      }
      const real = [[0, "real", this.color("--tg-real")]], made = [[1, "generated", this.color("--tg-made")]];
      return [...(this.data.real.includes(1) ? real : []), ...(this.data.real.includes(0) ? made : [])];
    }

    legend() {
      const box = this.root.querySelector(".tg-legend");
      box.replaceChildren();
      const button = (text, pressed, act, color) => {
        const node = document.createElement("button");
        node.type = "button";
        node.textContent = text;
        node.setAttribute("aria-pressed", String(pressed));
        if (color) {
          const dot = document.createElement("i");
          dot.style.background = color;
          node.prepend(dot);
        }
        node.addEventListener("click", act);
        box.append(node);
      };
      for (const [key, name, color] of this.groups()) {
        button(name, !this.hidden.has(key), () => {
          this.hidden.has(key) ? this.hidden.delete(key) : this.hidden.add(key);
          this.legend();
          this.draw();
        }, color);
      }
      if (this.data.names.length) {
        const node = document.createElement("label");
        node.innerHTML = '<input type="checkbox"> color by label';
        const check = node.querySelector("input");
        check.checked = this.byLabel;
        check.addEventListener("change", () => {
          this.byLabel = check.checked;
          this.hidden.clear();
          this.legend();
          this.draw();
          this.root.querySelector(".tg-legend input").focus();
        });
        box.append(node);
      }
    }

    toPixels(x, y) {
      return [(x - this.left) / (this.right - this.left) * this.width, (this.top - y) / (this.top - this.bottom) * this.height];
    }

    toPoint(px, py) {
      return [this.left + px / this.width * (this.right - this.left), this.top - py / this.height * (this.top - this.bottom)];
    }

    draw() {
      const ratio = devicePixelRatio || 1, canvas = this.canvas;
      this.width = canvas.clientWidth;
      this.height = canvas.clientHeight;
      if (!this.width) return;
      canvas.width = this.width * ratio;
      canvas.height = this.height * ratio;
      const pen = canvas.getContext("2d");
      pen.scale(ratio, ratio);
      const colors = new Map(this.groups().map(([key, , color]) => [key, color]));
      pen.globalAlpha = 0.62;
      for (let i = 0; i < this.data.x.length; i += 1) {
        const key = this.group(i);
        if (this.hidden.has(key)) continue;
        const [px, py] = this.toPixels(this.data.x[i], this.data.y[i]);
        pen.fillStyle = pen.strokeStyle = colors.get(key);
        pen.beginPath();
        pen.arc(px, py, 3, 0, 7);
        if (this.byLabel && !this.data.real[i]) pen.stroke(); else pen.fill();
      }
      pen.globalAlpha = 1;
      pen.strokeStyle = pen.fillStyle = this.color("--body-text-color");
      pen.lineWidth = 2;
      if (this.path.length) {
        pen.beginPath();
        this.path.forEach(([x, y], i) => pen[i ? "lineTo" : "moveTo"](...this.toPixels(x, y)));
        pen.stroke();
        for (const end of [this.path[0], this.path[this.path.length - 1]]) {
          pen.beginPath();
          pen.arc(...this.toPixels(...end), 5, 0, 7);
          pen.fill();
        }
      }
      if (this.cursor) {
        const [px, py] = this.toPixels(...this.cursor);
        pen.lineWidth = 1.5;
        pen.beginPath();
        pen.arc(px, py, 8, 0, 7);
        pen.moveTo(px - 13, py); pen.lineTo(px - 4, py);
        pen.moveTo(px + 4, py); pen.lineTo(px + 13, py);
        pen.moveTo(px, py - 13); pen.lineTo(px, py - 4);
        pen.moveTo(px, py + 4); pen.lineTo(px, py + 13);
        pen.stroke();
      }
    }

    nearest(px, py) {
      let best = -1, least = REACH * REACH;
      for (let i = 0; i < this.data.x.length; i += 1) {
        if (this.hidden.has(this.group(i))) continue;
        const [qx, qy] = this.toPixels(this.data.x[i], this.data.y[i]);
        const far = (qx - px) ** 2 + (qy - py) ** 2;
        if (far < least) [best, least] = [i, far];
      }
      return best;
    }

    hint(px, py) {
      const i = this.nearest(px, py);
      this.tip.hidden = i < 0;
      if (i < 0) return;
      const label = this.data.names[this.data.label[i]];
      this.tip.textContent = this.data.texts[i];
      const small = document.createElement("small");
      small.textContent = [this.data.real[i] ? "real" : "generated", label].filter(Boolean).join(", ");
      this.tip.append(small);
      const [qx, qy] = this.toPixels(this.data.x[i], this.data.y[i]);
      this.tip.style.left = `${Math.max(0, Math.min(qx - 20, this.width - this.tip.offsetWidth))}px`;
      const above = qy - this.tip.offsetHeight - 10;
      this.tip.style.top = `${above < 0 ? qy + 12 : above}px`;
    }

    send(points) {
      let node = this.root;
      while (node && !node.tgTrigger) node = node.parentElement;
      node?.tgTrigger(points);
    }

    listen() {
      const canvas = this.canvas;
      let from = null, dragged = false;
      const at = (event) => {
        const box = canvas.getBoundingClientRect();
        return [event.clientX - box.left, event.clientY - box.top];
      };
      canvas.addEventListener("pointerdown", (event) => {
        canvas.setPointerCapture(event.pointerId);
        from = at(event);
        dragged = false;
        this.path = [this.toPoint(...from)];
        this.cursor = null;
      });
      canvas.addEventListener("pointermove", (event) => {
        const [px, py] = at(event);
        if (!from) { this.hint(px, py); return; }
        this.tip.hidden = true;
        dragged = dragged || Math.hypot(px - from[0], py - from[1]) > 6;
        if (dragged && this.path.length < 500) { this.path.push(this.toPoint(px, py)); this.draw(); }
      });
      canvas.addEventListener("pointerup", () => {
        if (!from) return;
        from = null;
        if (!dragged) { this.cursor = this.path[0]; this.path = []; }
        this.draw();
        this.send(dragged ? this.path : [this.cursor]);
      });
      canvas.addEventListener("pointerleave", () => { if (!from) this.tip.hidden = true; });
      canvas.addEventListener("keydown", (event) => this.key(event));
    }

    key(event) {
      const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
      const step = steps[event.key];
      if (!step && !["Enter", " ", "Escape"].includes(event.key)) return;
      event.preventDefault();
      this.cursor = this.cursor || [(this.left + this.right) / 2, (this.top + this.bottom) / 2];
      if (step) {
        const far = event.shiftKey ? 0.1 : 0.02;
        this.cursor = [this.cursor[0] + step[0] * far * (this.right - this.left), this.cursor[1] + step[1] * far * (this.top - this.bottom)];
        this.hint(...this.toPixels(...this.cursor));
      } else if (event.key === " ") {
        this.path.push(this.cursor);
      } else if (event.key === "Enter") {
        const points = this.path.length ? [...this.path, this.cursor] : [this.cursor];
        this.send(points);
      } else {
        this.path = [];
        this.cursor = null;
        this.tip.hidden = true;
      }
      this.draw();
    }
  }

  new MutationObserver(() => {
    document.querySelectorAll(".tg-map:not([data-ready])").forEach((root) => {
      root.dataset.ready = "";
      root.tgMap = new PointMap(root);
    });
    document.querySelectorAll(".tg-map[data-ready]").forEach((root) => root.tgMap?.draw === undefined || root.tgTheme === document.documentElement.className || (root.tgTheme = document.documentElement.className, root.tgMap.draw()));
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
})();

// The tabs: which one is open stands in <html data-tab>; arrow keys go from one to the next.
(() => {
  "use strict";

  const open = (tab, focus) => {
    document.documentElement.dataset.tab = tab.dataset.tab;
    document.querySelectorAll(".tg-tabs [role=tab]").forEach((other) => {
      other.setAttribute("aria-selected", String(other === tab));
      other.tabIndex = other === tab ? 0 : -1;
    });
    if (focus) tab.focus();
    tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    document.querySelector(`#open-${tab.dataset.tab}`)?.click();
    history.replaceState(null, "", `#${tab.dataset.tab}`);
  };

  document.addEventListener("click", (event) => {
    const tab = event.target.closest?.(".tg-tabs [role=tab]");
    if (tab) open(tab, false);
  });

  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest?.(".tg-tabs [role=tab]");
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!tab || !step) return;
    event.preventDefault();
    const tabs = [...tab.parentElement.children];
    open(tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length], true);
  });

  const ready = new MutationObserver(() => {
    const tabs = document.querySelectorAll(".tg-tabs [role=tab]");
    if (!tabs.length) return;
    const wanted = document.querySelector(`#tab-${CSS.escape(location.hash.slice(1))}`) || tabs[0];
    const panel = document.querySelector(`#open-${wanted.dataset.tab}`);
    if (!panel) return;
    ready.disconnect();
    document.querySelectorAll(".tg-panel").forEach((part) => part.setAttribute("role", "tabpanel"));
    if (wanted === tabs[0]) document.documentElement.dataset.tab = wanted.dataset.tab; else open(wanted, false);
  });
  ready.observe(document.documentElement, { childList: true, subtree: true });
})();
