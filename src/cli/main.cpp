// The only place where core, cli and serve meet.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "cli/io/run.h"
#include "serve/mock/mock.h"
#include "serve/outbound/transport.h"
#include "serve/server.h"

namespace {

flead::Status serve(flead::App& app, const flead::cli::ServeOptions& options) {
  flead::serve::ServerOptions server;
  server.listen = options.listen;
  server.workers = static_cast<int>(options.workers);
  server.with_jobs = !options.no_jobs;
  server.ready = options.ready;
  server.committed = options.committed;
  return flead::serve::serve(app, server);
}

flead::Status mock(const flead::cli::MockOptions& options) {
  flead::serve::mock::MockServer server;
  server.kinds = options.kinds;
  server.listen = options.listen;
  return flead::serve::mock::run(server);
}

flead::cli::Ports make_ports() {
  flead::cli::Ports ports;
  ports.make_transport = flead::outbound::make_transport;
  ports.mock = mock;
  ports.serve = serve;
  return ports;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    flead::cli::install_signal_handlers();
    const std::vector<std::string> args(argv + (argc > 0 ? 1 : 0), argv + argc);
    return flead::cli::run(args, make_ports(), flead::cli::system_shell());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "flead: a fault of the program: %s\n", error.what());
  } catch (...) {
    std::fputs("flead: a fault of the program\n", stderr);
  }
  return 1;
}
