/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * `certbinder trust judge [--json-lines]`: questions to the trust engine from standard input, answers to standard
 * output. With --json-lines one object a line each way, in order, flushed; without, one object and its answer set out
 * for reading. Touches no state directory. argv[0] is "judge". Returns the exit code.
 */
int cli_trust_judge(int argc, char **argv);
