// Builds the styles and scripts of the web application into dist/.
import { build } from "esbuild";
import { compile } from "sass";
import { mkdirSync, writeFileSync } from "node:fs";

const here = new URL(".", import.meta.url).pathname;
mkdirSync(`${here}dist`, { recursive: true });

const styles = compile(`${here}src/app.scss`, { style: "compressed", loadPaths: [`${here}node_modules/nhsuk-frontend/src`], quietDeps: true });
writeFileSync(`${here}dist/app.css`, styles.css);

await build({
  entryPoints: { app: `${here}src/app.js`, chart: `${here}src/chart.js` },
  outdir: `${here}dist`,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2020"],
  legalComments: "inline",
  logLevel: "warning",
});
