// Reads resources of FHIR R4, a line of JSON each, from standard input, and holds
// each against the definitions of R4: elements, types, cardinality, codes. Writes a
// line of JSON for each fault, and ends with 1 when there is one.
import { createInterface } from "node:readline";
import { Fhir } from "fhir";

const fhir = new Fhir();
let faults = 0, checked = 0;
for await (const line of createInterface({ input: process.stdin })) {
	const { name, resource } = JSON.parse(line);
	checked++;
	const { messages } = fhir.validate(resource, { errorOnUnexpected: true });
	// The kinds and categories are the register's own, where R4 gives codes as examples
	// and lets everybody bring others. A code that R4 prescribes is an error.
	const own = (m) => m.severity === "warning" && m.message.endsWith("not found in value set");
	for (const m of messages.filter((m) => m.severity !== "info" && !own(m))) {
		console.log(JSON.stringify({ name, ...m }));
		faults++;
	}
}
console.error(`${checked} resources checked, ${faults} faults`);
process.exit(faults > 0 || checked === 0 ? 1 : 0);
