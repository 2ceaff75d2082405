/* A command that can be counted: mark COUNTER [GATE [ANYTHING]...]
 *
 * Appends one byte to the file COUNTER, waits until the file GATE exists (half a minute at most; not at all without GATE
 * or with "-"), and writes the payload. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "payload.h"

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    int counter = open(argv[1], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (counter < 0 || write(counter, "x", 1) != 1)
        return 3;
    if (argc > 2 && strcmp(argv[2], "-") != 0)
        for (int pauses = 0; access(argv[2], F_OK) != 0 && pauses < 15000; pauses++)
            usleep(2000);
    return write(1, PAYLOAD, sizeof PAYLOAD - 1) != sizeof PAYLOAD - 1;
}
