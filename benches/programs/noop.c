/* The floor of a hit: a static process that only writes the bytes that a hit has to write. */
#include <unistd.h>
#include "payload.h"

int main(void)
{
    return write(1, PAYLOAD, sizeof PAYLOAD - 1) != sizeof PAYLOAD - 1;
}
