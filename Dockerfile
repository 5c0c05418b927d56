# syntax=docker/dockerfile:1

# Dependencies that the service runs on, without the tools that build and test it. The compilers serve
# better-sqlite3 on platforms for which it publishes no binary.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends python3 make g++ \
  && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json .npmrc ./
COPY gateway/package.json gateway/
COPY simulator/package.json simulator/
RUN npm ci --omit=dev --workspace gateway

# The build needs the compiler on top.
FROM dependencies AS build
RUN npm ci --include-workspace-root --workspace gateway
COPY tsconfig.base.json ./
COPY gateway gateway
RUN npm run build --workspace gateway

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATA_DIR=/app/data/sessions
WORKDIR /app
COPY --from=dependencies /app/package.json ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/gateway/package.json gateway/
COPY --from=build /app/gateway/dist gateway/dist
COPY --from=build /app/gateway/web gateway/web
RUN mkdir -p /app/data/sessions && chown -R node:node /app/data
USER node
VOLUME /app/data/sessions
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node runs as the first process and handles SIGTERM itself: sockets closed, writes flushed, exit 0.
CMD ["node", "gateway/dist/main.js"]
