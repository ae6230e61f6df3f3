/* Opens the browser's print dialog for the PDF in the frame. */
const frame = document.querySelector("iframe");
frame.addEventListener("load", () => setTimeout(() => frame.contentWindow.print(), 300));
