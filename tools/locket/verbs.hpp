#pragma once

#include "program.hpp"

namespace locket::tool {

/// `import`: renders pictures and stores them.
void add_import_verb(Program& program);

/// `render`: makes both PNGs of pictures without a store.
void add_render_verb(Program& program);

/// `fetch`: asks for one thumbnail as a caller would, through every check.
void add_fetch_verb(Program& program);

/// `serve`: answers the thumbnail operations over HTTP.
void add_serve_verb(Program& program);

/// `access load`, `access show` and `access explain`: the facts that decide who sees what.
void add_access_verb(Program& program);

/// `token keygen` and `token sign`: keys and tokens for trying things out.
void add_token_verb(Program& program);

/// `check`: re-reads the whole store and compares every digest.
void add_check_verb(Program& program);

/// `stats`: counts what a store holds.
void add_stats_verb(Program& program);

/// `backup`: copies a store while it is in use.
void add_backup_verb(Program& program);

/// `copy`: copies a store into another, of whatever kind.
void add_copy_verb(Program& program);

/// `export`: writes all PNGs of a store into a folder.
void add_export_verb(Program& program);

/// `gallery`: writes a page with all pictures.
void add_gallery_verb(Program& program);

/// `remove`: forgets thumbnails.
void add_remove_verb(Program& program);

}  // namespace locket::tool
