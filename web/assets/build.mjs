// Builds the styles and scripts of the web application into dist/.
import { build } from "esbuild";
import { compile } from "sass";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const here = new URL(".", import.meta.url).pathname;
mkdirSync(`${here}dist`, { recursive: true });

const styles = compile(`${here}src/app.scss`, { style: "compressed", loadPaths: [`${here}node_modules/nhsuk-frontend/src`], quietDeps: true });
// The pictures that the library's styles name are few and small: they go inside.
const css = styles.css.replaceAll(/url\("\/assets\/images\/([a-z0-9-]+\.svg)"\)/g, (_, name) =>
  `url("data:image/svg+xml;base64,${readFileSync(`${here}node_modules/nhsuk-frontend/dist/nhsuk/assets/images/${name}`, "base64")}")`);
writeFileSync(`${here}dist/app.css`, css);

await build({
  entryPoints: { app: `${here}src/app.js` },
  outdir: `${here}dist`,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2020"],
  legalComments: "inline",
  logLevel: "warning",
});
