import { createElement as h, useEffect, useRef, useState } from "react";

/* Sends receipts to `url`, one POST each with its name in X-File-Name: chosen, photographed, pasted, or dropped
   anywhere on the page.
   `onDone(answer)` gets the JSON answer of each as text; `labels` explain what can go wrong.
   `compact` is a small button that takes one file, to replace another. */
export function Receipts({ url, accept, maxBytes, labels, onDone, id, compact }) {
  const [over, setOver] = useState(false);
  const [jobs, setJobs] = useState([]);
  const [faults, setFaults] = useState([]);
  const serial = useRef(0);
  const address = useRef(url);
  address.current = url;

  const told = (xhr) => {
    try {
      return JSON.parse(xhr.responseText).message ?? "";
    } catch {
      return "";
    }
  };
  const refuse = (name, text) => setFaults((known) => [...known, { name, text }]);
  const send = (file) => {
    const name = file.name || "receipt";
    if (maxBytes && file.size > maxBytes) return refuse("", labels.tooLarge.replace("{name}", name));
    const key = ++serial.current;
    const xhr = new XMLHttpRequest();
    const change = (percent) => setJobs((known) => known.map((job) => (job.key === key ? { ...job, percent } : job)));
    const end = () => setJobs((known) => known.filter((job) => job.key !== key));
    xhr.open("POST", address.current);
    xhr.setRequestHeader("X-File-Name", encodeURIComponent(name));
    xhr.setRequestHeader("Content-Type", "application/octet-stream");
    xhr.upload.onprogress = (event) => event.lengthComputable && change(Math.round((100 * event.loaded) / event.total));
    xhr.onload = () => {
      end();
      if (xhr.status >= 200 && xhr.status < 300) onDone?.(xhr.responseText);
      else refuse(name, told(xhr) || (xhr.status === 401 ? labels.loggedOut : labels.failed));
    };
    xhr.onerror = () => {
      end();
      refuse(name, labels.failed);
    };
    xhr.onabort = end;
    setJobs((known) => [...known, { key, name, percent: 0, stop: () => xhr.abort() }]);
    xhr.send(file);
  };
  const take = (list) => {
    const files = [...(list ?? [])];
    if (!files.length) return false;
    setFaults([]);
    (compact ? files.slice(0, 1) : files).forEach(send);
    return true;
  };

  useEffect(() => {
    if (compact) return undefined;
    const paste = (event) => take(event.clipboardData?.files) && event.preventDefault();
    const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
    const drag = (event) => holdsFiles(event) && (event.preventDefault(), setOver(true));
    const leave = (event) => event.relatedTarget || setOver(false);
    const drop = (event) => holdsFiles(event) && (event.preventDefault(), setOver(false), take(event.dataTransfer.files));
    const heard = { paste, dragover: drag, dragleave: leave, drop };
    Object.entries(heard).forEach(([name, act]) => document.addEventListener(name, act));
    return () => Object.entries(heard).forEach(([name, act]) => document.removeEventListener(name, act));
  });

  const choose = (extra) =>
    h("input", { type: "file", accept, className: "sr-only", onChange: (event) => (take(event.target.files), (event.target.value = "")), ...extra });
  const progress = jobs.map((job) =>
    h(
      "div",
      { key: job.key, className: "stack-s" },
      h("div", { className: "row-between small" }, h("span", { className: "truncate" }, job.name), h("button", { type: "button", className: "btn btn-s", onClick: job.stop }, labels.cancel)),
      h("div", { className: "progress", role: "progressbar", "aria-label": job.name, "aria-valuenow": job.percent, "aria-valuemin": 0, "aria-valuemax": 100 }, h("div", { style: { width: `${job.percent}%` } })),
    ),
  );
  const wrong = faults.map((fault, index) =>
    h("p", { key: index, className: "field-error", role: "alert" }, h("span", null, fault.name && h("b", null, `${fault.name}: `), fault.text)),
  );
  if (compact)
    return h(
      "span",
      { className: "receipt-replace" },
      h("label", { className: "btn btn-s", tabIndex: -1 }, choose({ "aria-label": labels.choose }), labels.choose),
      progress,
      wrong,
    );
  return h(
    "div",
    { className: "stack-s" },
    h(
      "div",
      { className: "drop receipt-drop", "data-over": over },
      h(
        "div",
        { className: "cluster receipt-ways" },
        h("label", { className: "btn btn-primary only-touch" }, choose({ id: id && `${id}-camera`, accept: "image/*", capture: "environment", "aria-label": labels.camera }), labels.camera),
        h("label", { className: "btn" }, choose({ id, multiple: true, "aria-label": labels.choose }), labels.choose),
      ),
      h("span", { className: "small" }, h("span", { className: "only-mouse" }, labels.hint, " "), labels.types),
    ),
    progress,
    wrong,
  );
}
