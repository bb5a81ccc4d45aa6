// The part of Asio's TLS that is compiled once.

#include <external/base/asio.h>

#include <boost/asio/ssl/impl/src.hpp>
