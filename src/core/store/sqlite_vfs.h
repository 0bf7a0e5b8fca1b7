// A door to the disk for SQLite that hands the write-ahead log over in few large writes: the
// library itself makes two small ones of every page (its header, its content), and a commit of a
// busy moment has hundreds of pages. Everything else goes straight to the library's own door.
// Caller: sqlite_connection.cpp.
#pragma once

namespace flead::store::sqlite {

// The name to open connections with; registers the door at the first call. Null when the library
// has none to stand on: then its own default is used.
const char* log_buffering_vfs();

}  // namespace flead::store::sqlite
