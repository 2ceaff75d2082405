/* What the small commands print. The harness has the same text in stage.rs. */
#define PAYLOAD "main: 3 files changed, 42 insertions(+), 7 deletions(-)\n"
