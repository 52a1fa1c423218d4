/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "cli/trust_judge.h"

/* The engine behind JSON lines, alone: `certbinder trust judge` without the rest of the command line. */
int main(int argc, char **argv)
{
	return cli_trust_judge(argc, argv);
}
