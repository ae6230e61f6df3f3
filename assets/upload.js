import { createElement as h, useRef, useState } from "react";

/* Sends one file to `url` as the body of a POST, with its name in X-File-Name, and shows the progress.
   The route answers JSON: `onDone(answer)` gets it as text, `labels` explain what can go wrong. */
export function Upload({ url, accept, maxBytes, labels, onDone, id }) {
  const input = useRef(null);
  const request = useRef(null);
  const [over, setOver] = useState(false);
  const [name, setName] = useState("");
  const [percent, setPercent] = useState(null);
  const [fault, setFault] = useState("");

  const send = (file) => {
    if (!file) return;
    setFault("");
    setName(file.name);
    if (maxBytes && file.size > maxBytes) {
      setFault(labels.tooLarge);
      return;
    }
    const xhr = new XMLHttpRequest();
    request.current = xhr;
    xhr.open("POST", url);
    xhr.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
    xhr.setRequestHeader("Content-Type", "application/octet-stream");
    xhr.upload.onprogress = (event) => event.lengthComputable && setPercent(Math.round((100 * event.loaded) / event.total));
    xhr.onload = () => {
      setPercent(null);
      if (xhr.status >= 200 && xhr.status < 300) onDone?.(xhr.responseText);
      else {
        let told = "";
        try {
          told = JSON.parse(xhr.responseText).message ?? "";
        } catch {
          told = "";
        }
        setFault(told || (xhr.status === 413 ? labels.tooLarge : xhr.status === 401 ? labels.loggedOut : labels.failed));
      }
    };
    xhr.onerror = () => {
      setPercent(null);
      setFault(labels.failed);
    };
    xhr.onabort = () => setPercent(null);
    setPercent(0);
    xhr.send(file);
  };
  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    send(event.dataTransfer.files[0]);
  };
  return h(
    "div",
    { className: "stack-s" },
    h(
      "label",
      { className: "drop", "data-over": over, onDragOver: (e) => (e.preventDefault(), setOver(true)), onDragLeave: () => setOver(false), onDrop: drop },
      h("input", { ref: input, id, type: "file", accept, className: "sr-only", onChange: (event) => { send(event.target.files[0]); event.target.value = ""; } }),
      h("span", { className: "strong" }, labels.choose),
      h("span", { className: "small" }, labels.hint),
    ),
    percent !== null &&
      h(
        "div",
        { className: "stack-s" },
        h("div", { className: "row-between small" }, h("span", { className: "truncate" }, name), h("span", { className: "num" }, `${percent} %`)),
        h("div", { className: "progress", role: "progressbar", "aria-label": name, "aria-valuenow": percent, "aria-valuemin": 0, "aria-valuemax": 100 }, h("div", { style: { width: `${percent}%` } })),
        h("div", null, h("button", { type: "button", className: "btn btn-s", onClick: () => request.current?.abort() }, labels.cancel)),
      ),
    fault && h("p", { className: "field-error", role: "alert" }, fault),
  );
}
