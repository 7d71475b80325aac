// The drawing of a digit: its ink goes to the server when the pointer is lifted.
(() => {
  "use strict";

  const SIZE = 56; // SKETCH_SIZE of images.py

  const listen = (root) => {
    const canvas = root.querySelector("canvas"), pen = canvas.getContext("2d", { willReadFrequently: true });
    let drawing = false;
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
    };
    pen.lineWidth = 30;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = "#fff";
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      drawing = true;
      pen.beginPath();
      pen.moveTo(...at(event));
      pen.lineTo(...at(event));
      pen.stroke();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!drawing) return;
      pen.lineTo(...at(event));
      pen.stroke();
    });
    const stop = () => {
      if (!drawing) return;
      drawing = false;
      send(root, canvas);
    };
    canvas.addEventListener("pointerup", stop);
    canvas.addEventListener("pointercancel", stop);
    root.querySelector("[data-clear]").addEventListener("click", () => pen.clearRect(0, 0, canvas.width, canvas.height));
  };

  const send = (root, canvas) => {
    const small = document.createElement("canvas");
    small.width = small.height = SIZE;
    const pen = small.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.drawImage(canvas, 0, 0, SIZE, SIZE);
    const pixels = pen.getImageData(0, 0, SIZE, SIZE).data;
    const ink = Array.from({ length: SIZE * SIZE }, (_, i) => Math.round(pixels[4 * i + 3] / 2.55) / 100);
    let node = root;
    while (node && !node.tgTrigger) node = node.parentElement;
    node?.tgTrigger(ink);
  };

  new MutationObserver(() => {
    document.querySelectorAll(".tg-sketch:not([data-ready])").forEach((root) => {
      root.dataset.ready = "";
      listen(root);
    });
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
