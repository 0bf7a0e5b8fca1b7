// A courtesy on the page of free times; without it the form below the heading does the same. Shows
// the browser's own zone the first time, and follows the picker without its button.
const form = document.querySelector<HTMLFormElement>("form.zone");
const picker = form?.querySelector<HTMLSelectElement>("#tz");
if (form && picker) {
  picker.addEventListener("change", () => form.submit());
  const url = new URL(location.href);
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  // Asked once: a zone that the server does not know must not bring us here for ever. A page that
  // answers a form has something to say and stays.
  const fresh = !url.searchParams.has("tz") && !document.querySelector(".notice");
  if (fresh && form.dataset.zone === "guessed" && own && own !== picker.value) {
    url.searchParams.set("tz", own);
    location.replace(url);
  }
}
export {};
