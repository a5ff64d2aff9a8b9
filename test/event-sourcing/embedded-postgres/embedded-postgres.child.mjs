// A service process in small: starts the server that its argument describes, tells about it in one line of JSON, stops
// it at the line "stop", and must then end by itself.
const { module, ...options } = JSON.parse(process.argv[2]);
const { startEmbeddedPostgres } = await import(module);
const lines = [];

try {
  const server = await startEmbeddedPostgres({ ...options, log: (line) => lines.push(line) });
  const { pid, port, adopted } = server;
  console.log(JSON.stringify({ pid, port, adopted, url: server.url('postgres'), lines }));
  process.stdin.once('data', async () => {
    // The pipe must not be what keeps this process alive.
    process.stdin.destroy();
    await server.stop();
  });
} catch (error) {
  console.log(JSON.stringify({ refused: `${error.name}: ${error.message}`, lines }));
}
