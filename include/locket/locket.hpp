#pragma once

#include "locket/access.hpp"            // IWYU pragma: export
#include "locket/bytes.hpp"             // IWYU pragma: export
#include "locket/clock.hpp"             // IWYU pragma: export
#include "locket/copy_store.hpp"        // IWYU pragma: export
#include "locket/engine.hpp"            // IWYU pragma: export
#include "locket/error.hpp"             // IWYU pragma: export
#include "locket/guid.hpp"              // IWYU pragma: export
#include "locket/hashed_bytes.hpp"      // IWYU pragma: export
#include "locket/imodel_file.hpp"       // IWYU pragma: export
#include "locket/limits.hpp"            // IWYU pragma: export
#include "locket/log.hpp"               // IWYU pragma: export
#include "locket/picture.hpp"           // IWYU pragma: export
#include "locket/rados_store.hpp"       // IWYU pragma: export
#include "locket/rate_limit.hpp"        // IWYU pragma: export
#include "locket/redis_rate_limit.hpp"  // IWYU pragma: export
#include "locket/request.hpp"           // IWYU pragma: export
#include "locket/store.hpp"             // IWYU pragma: export
#include "locket/token.hpp"             // IWYU pragma: export
#include "locket/version.hpp"           // IWYU pragma: export
