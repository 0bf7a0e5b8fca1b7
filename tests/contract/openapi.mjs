// A request against an OpenAPI document: server, path, method, parameters of each place, body.
import { compiler, fromText, readJson } from "./schema.mjs";

const error = (at, says) => ({ at, says });

export function openApi(document) {
  const compile = compiler(document.components.schemas);
  const server = new URL(document.servers[0].url);
  const validators = new Map();

  function validate(schema, value) {
    const key = JSON.stringify(schema);
    if (!validators.has(key)) validators.set(key, compile(schema));
    return validators.get(key)(value);
  }

  // The path's operation; a literal part is a better match than a parameter.
  function find(method, path) {
    const given = path.split("/");
    const matches = Object.entries(document.paths).flatMap(([template, item]) => {
      const parts = template.split("/");
      const values = {};
      const fits = parts.length === given.length && parts.every((part, i) => {
        const name = part.match(/^\{(.+)\}$/)?.[1];
        if (name) values[name] = decodeURIComponent(given[i]);
        return name ? given[i] !== "" : part === given[i];
      });
      return fits ? [{ item, values }] : [];
    });
    matches.sort((a, b) => Object.keys(a.values).length - Object.keys(b.values).length);
    const operation = matches[0]?.item[method.toLowerCase()];
    return operation && { ...matches[0], operation };
  }

  function parametersOf({ item, operation }) {
    return [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((one) =>
      one.$ref ? document.components.parameters[one.$ref.split("/").at(-1)] : one);
  }

  // "metadata[payout]=po_1" is a member of the object "metadata".
  function checkDeep(query, { name, schema }) {
    const members = [...query]
      .filter(([key]) => key.startsWith(`${name}[`) && key.endsWith("]"))
      .map(([key, value]) => [key.slice(name.length + 1, -1), value]);
    if (members.length === 0) return [];
    return validate(schema, Object.fromEntries(members)).map((one) => error(`?${name}`, one.says));
  }

  function checkQuery(query, parameters) {
    const all = parameters.filter((one) => one.in === "query");
    const deep = all.filter((one) => one.style === "deepObject");
    const known = all.filter((one) => one.style !== "deepObject");
    const errors = [...new Set(query.keys())].flatMap((name) =>
      known.some((one) => one.name === name) ||
      deep.some((one) => name.startsWith(`${one.name}[`) && name.endsWith("]"))
        ? [] : [error(`?${name}`, "is no known parameter")]);
    for (const one of deep) errors.push(...checkDeep(query, one));
    for (const { name, required, schema } of known) {
      const values = query.getAll(name);
      if (values.length === 0 && required) errors.push(error(`?${name}`, "is missing"));
      if (values.length > 1) errors.push(error(`?${name}`, "is there twice"));
      for (const value of values) {
        for (const one of validate(schema, fromText(value, schema))) {
          errors.push(error(`?${name}`, one.says));
        }
      }
    }
    return errors;
  }

  function checkPlaced(place, values, parameters) {
    return parameters.filter((one) => one.in === place).flatMap(({ name, required, schema }) => {
      const value = values[place === "header" ? name.toLowerCase() : name];
      if (value === undefined) return required ? [error(`${place} ${name}`, "is missing")] : [];
      return validate(schema, fromText(value, schema)).map((one) =>
        error(`${place} ${name}`, one.says));
    });
  }

  function checkBody(request, wanted) {
    if (!wanted) return request.body === "" ? [] : [error("/", "there should be no body")];
    const type = (request.headers["content-type"] ?? "").split(";")[0].trim();
    const content = wanted.content[type];
    if (!content) return [error("content-type", `"${type}" is not taken`)];
    const { value, errors } = readJson(request.body, "/");
    return errors.length > 0 ? errors : validate(content.schema, value);
  }

  // Names of headers are in lower case here.
  return (request) => {
    const url = new URL(request.url);
    if (url.origin !== server.origin) return [error(url.origin, "is not the document's server")];
    // The server's address may have a path of its own: https://api.yookassa.ru/v3.
    const base = server.pathname.replace(/\/$/, "");
    const found = url.pathname.startsWith(`${base}/`) &&
      find(request.method, url.pathname.slice(base.length));
    if (!found) return [error(`${request.method} ${url.pathname}`, "is not in the document")];
    const parameters = parametersOf(found);
    return [
      ...checkPlaced("path", found.values, parameters),
      ...checkPlaced("header", request.headers, parameters),
      ...checkQuery(url.searchParams, parameters),
      ...checkBody(request, found.operation.requestBody),
    ];
  };
}
