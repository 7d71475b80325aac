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
      save(holder.dataset.csv, `${holder.dataset.file}.csv`);
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
