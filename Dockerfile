# The daemon, and the files that `llmtally export-assets` writes, in one image without a shell.
FROM rust:1.94.0-slim-trixie AS build
WORKDIR /src
COPY . .
# Queries were checked when they were committed: no database is needed to build.
ENV SQLX_OFFLINE=true
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin llmtally \
    # A list of everything that is in the binary goes along with it.
    && cargo install --locked --root target/tools cargo-cyclonedx@0.5.9 \
    && PATH=$PWD/target/tools/bin:$PATH cargo cyclonedx --format json --spec-version 1.5 --no-build-deps --override-filename sbom.cdx \
    && install -D --mode=644 sbom.cdx.json /image/usr/share/doc/llmtally/sbom.cdx.json \
    && install -D target/release/llmtally /image/usr/local/bin/llmtally \
    # A new named volume takes the owner of the folder that it is mounted on.
    && install -d -o 65532 -g 65532 /image/out

FROM gcr.io/distroless/cc-debian13:nonroot
COPY --from=build /image /
LABEL org.opencontainers.image.title="llmtally" \
      org.opencontainers.image.description="What your teams spend on LLMs, in numbers that agree with the bill" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
# Inside a container, loopback is nobody's: publish the port only where the page may be read.
ENV LLMTALLY__HTTP__LISTEN=0.0.0.0:9847
USER 65532:65532
EXPOSE 9847
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["/usr/local/bin/llmtally", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/llmtally"]
CMD ["serve"]
