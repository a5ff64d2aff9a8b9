import { text } from 'node:stream/consumers';
import { parse, View } from 'vega';
import { compile } from 'vega-lite';

// Reads a Vega-Lite specification from standard input and writes the chart as SVG to standard output.
const { spec } = compile(JSON.parse(await text(process.stdin)) as object);
process.stdout.write(await new View(parse(spec), { renderer: 'none' }).toSVG());
