// Copies of a JSON value with one thing wrong, for the checks that must refuse each of them.
const wrongValue = { no: "such", thing: true };

// Every copy of `value` with one member renamed, or with one value replaced by an object that has
// no business there. Each as [what was done, copy].
export function* spoiled(value, at = "") {
  if (typeof value !== "object" || value === null) return;
  for (const name of Object.keys(value)) {
    const place = `${at}/${name}`;
    if (Array.isArray(value)) {
      yield [`${place} replaced`, value.map((one, i) => String(i) === name ? wrongValue : one)];
    } else {
      const renamed = Object.entries(value).map(([key, one]) =>
        key === name ? [`${key}_x`, one] : [key, one]);
      yield [`${place} renamed`, Object.fromEntries(renamed)];
      yield [`${place} replaced`, { ...value, [name]: wrongValue }];
    }
    for (const [what, inner] of spoiled(value[name], place)) {
      const copy = Array.isArray(value) ? [...value] : { ...value };
      copy[name] = inner;
      yield [what, copy];
    }
  }
}
