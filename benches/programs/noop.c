/* The floor of a hit: a process that only writes the bytes of a hit. */
#include <unistd.h>
#include "payload.h"

int main(void)
{
    return write(1, PAYLOAD, sizeof PAYLOAD - 1) != sizeof PAYLOAD - 1;
}
