// For the shell stories: a visitor opens PAGE, clicks the widget and sends VALUES (JSON: name,
// phone, email, message). Prints the server's answer as JSON.
//   node lead.mjs http://127.0.0.1:8080/demo/acme '{"name":"Ann","email":"ann@example.org"}'
import { sendLead, withBrowser } from "./lib.mjs";

const [page, values] = process.argv.slice(2);
await withBrowser(async (open) => {
  const visitor = await open(page);
  const lead = await sendLead(visitor, JSON.parse(values));
  if (visitor.problems.length) throw new Error(`the page complained: ${visitor.problems}`);
  console.log(JSON.stringify(lead));
});
