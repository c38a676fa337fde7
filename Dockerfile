# The admin API. Not built where this project is made (no container engine there): kept plain, and checked by
# tests/container-files.test.ts for what it names. Build: docker build -t drydock-server .
FROM node:24-bookworm-slim AS build
WORKDIR /drydock
COPY . .
RUN npm ci && npm run build

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /drydock
COPY --from=build /drydock/package.json /drydock/package-lock.json /drydock/.npmrc ./
COPY --from=build /drydock/tools ./tools
COPY --from=build /drydock/bin ./bin
COPY --from=build /drydock/dist/server ./dist/server
COPY --from=build /drydock/dist/templates ./dist/templates
COPY --from=build /drydock/resources ./resources
RUN npm ci --omit=dev
USER node
EXPOSE 4010
# SIGTERM lets requests and the batch in flight end; give it 30 seconds.
STOPSIGNAL SIGTERM
HEALTHCHECK CMD ["node", "-e", "fetch('http://127.0.0.1:4010/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/server/main.js"]
CMD ["start"]
