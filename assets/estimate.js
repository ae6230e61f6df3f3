/* On the page of an estimate: the total follows the ticked options, and an answer is sent once. */
(() => {
  const form = document.getElementById("accept");
  if (!form) return;
  const update = document.querySelector("[data-update]");
  const options = document.querySelectorAll('input[name="option"]');
  let latest = 0;

  const refresh = async () => {
    const turn = ++latest;
    try {
      const answer = await fetch(update.formAction.split("#")[0], { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (!answer.ok) throw new Error(answer.status);
      const page = document.createElement("template"); // inert: its styles and scripts are not applied
      page.innerHTML = await answer.text();
      if (turn !== latest) return;
      for (const part of document.querySelectorAll("[data-live]")) {
        const fresh = page.content.querySelector(`[data-live="${part.dataset.live}"]`);
        if (fresh) part.replaceChildren(...fresh.childNodes);
      }
      update.hidden = true;
    } catch {
      update.hidden = false;
    }
  };
  if (update) {
    update.hidden = true;
    for (const option of options) option.addEventListener("change", refresh);
  }
  for (const each of document.querySelectorAll(".answer form"))
    each.addEventListener("submit", (event) => {
      if (each.dataset.sent) return event.preventDefault();
      if (event.submitter && event.submitter.hasAttribute("data-update")) return;
      each.dataset.sent = "yes";
    });
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
})();
