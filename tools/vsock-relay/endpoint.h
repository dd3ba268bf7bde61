// SPDX-License-Identifier: Apache-2.0
#ifndef VSOCKFWD_VSOCK_RELAY_ENDPOINT_H
#define VSOCKFWD_VSOCK_RELAY_ENDPOINT_H

#include <cstdint>

#include "lib/unique_fd.h"

namespace vsockfwd::relay {

/// A connected socket, as edge-triggered events and calls have left it.
struct Endpoint {
  UniqueFd fd;
  bool tcp = false;
  /// Bytes of bulk to splice at once; 0 if nothing is to be spliced from here.
  std::uint32_t splice_size = 0;
  /// A read that does not fill the buffer has taken all there was, so the next one can be spared.
  /// Not with unix sockets, where it may end at a message with descriptors, and not with all kinds
  /// of vsock.
  bool short_read_drains = false;
  /// There may be something to read; false only if an event is going to tell.
  bool readable = true;
  /// There may be room to write; false only if an event is going to tell.
  bool writable = true;
  /// Whether events about room to write are asked for. TCP sends them only to those who ran out of
  /// room. Others send one whenever the peer reads, so they are asked only when needed.
  bool watches_room = false;
  /// Everything has been read.
  bool ended = false;
  /// Nothing more is written: the peer has been told so, or it has closed.
  bool shut = false;
  /// Whether prepare_for_bulk() has been called.
  bool prepared_for_bulk = false;
  /// The connection is reset, or the peer reads no more; there may be something left to read.
  bool broken = false;
};

/// Takes a connected socket over.
Endpoint make_endpoint(UniqueFd fd);

/// What to ask epoll for.
std::uint32_t wanted_events(const Endpoint& endpoint);

/// Learns from what epoll has told.
void note_events(Endpoint& endpoint, std::uint32_t events);

/// Whether events of a socket that nobody reads yet tell that the peer is gone and has left nothing
/// to read.
bool is_abandoned(int fd, std::uint32_t events);

/// A lot is going to be written. A unix socket gets room for what comes at once, if the kernel lets
/// it: it tells of room only when three quarters of it are free. TCP finds its size by itself, and
/// is up to twice as fast with it as with a fixed one.
void prepare_for_bulk(Endpoint& endpoint);

/// Whether there is something on the way that close() would drop if the peer went on talking.
bool is_sending(const Endpoint& endpoint);

/// Tells the peer that nothing more is written.
void shut_down(Endpoint& endpoint);

}  // namespace vsockfwd::relay

#endif  // VSOCKFWD_VSOCK_RELAY_ENDPOINT_H
