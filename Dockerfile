# syntax=docker/dockerfile:1
# The bundle is the same for every platform: it is made once, on the machine's own.
FROM --platform=$BUILDPLATFORM docker.io/library/node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# No package needs its scripts here: the image has Node, and esbuild comes as a package of its platform.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY scripts/build.ts scripts/leaveOut.ts scripts/
COPY src src
RUN node scripts/build.ts

FROM gcr.io/distroless/nodejs24-debian12:nonroot
COPY LICENSE /licenses/linkerd-failover/LICENSE
COPY --from=build /build/dist/linkerd-failover.js /app/linkerd-failover.js
USER 65532:65532
ENV NODE_ENV=production
# The room for young objects, in MiB: by default it is 67 MB, however little is in use.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=8", "/app/linkerd-failover.js"]
CMD ["run"]
