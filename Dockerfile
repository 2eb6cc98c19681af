# docker build -t jangwon . ; docker run --rm -v "$PWD/runs:/runs" jangwon run --model standin-axk1 --tasks aime25 -o /runs/first
# A server: docker run --rm -p 127.0.0.1:8000:8000 -e KEY=… jangwon serve --model standin-axk1 --host 0.0.0.0 --api-key-env KEY
# Programs that a model wrote run in a sandbox of Linux namespaces, which Docker's default profile forbids: for code tasks add
# --security-opt seccomp=unconfined --security-opt apparmor=unconfined.
FROM debian:12 AS build
WORKDIR /source
COPY . .
RUN ./setup.sh && \
    cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DJANGWON_TESTS=OFF && \
    ninja -C build && \
    (cd build && cpack -G DEB)

FROM debian:12
COPY --from=build /source/build/*.deb /tmp/
RUN apt-get update && \
    apt-get install -y --no-install-recommends /tmp/*.deb python3-numpy ca-certificates && \
    rm -rf /var/lib/apt/lists/* /tmp/*.deb && \
    useradd --create-home jangwon
USER jangwon
WORKDIR /runs
EXPOSE 8000
ENTRYPOINT ["jangwon"]
CMD ["--help"]
