# One image for every verb of Klawing. The sources run as they are (Node strips the types); only the console is built.

FROM node:24.21.0-bookworm-slim AS base
WORKDIR /app

FROM base AS console
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run console

FROM base AS packages
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM base
ENV NODE_ENV=production \
    KLAWING_DATA=/var/lib/klawing
# a volume that is made new takes over the owner of the folder that it covers
RUN install -d -m 0700 -o node -g node /var/lib/klawing \
    && ln -s /app/klawing.ts /usr/local/bin/klawing
COPY --from=packages /app/node_modules node_modules
COPY . .
COPY --from=console /app/dashboards/console/dist dashboards/console/dist

# uid 1000; the sources belong to root and stay as they are
USER node
EXPOSE 1883 8083 8883 8084 8080 8443
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --start-interval=2s --retries=3 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:8080/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["klawing"]
CMD ["up"]
