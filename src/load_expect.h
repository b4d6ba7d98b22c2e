/*-------------------------------------------------------------------------
 *
 * load_expect.h
 *	  expect_files: the parts that a source must have.
 *
 *-------------------------------------------------------------------------
 */
#ifndef TICK_LOAD_EXPECT_H
#define TICK_LOAD_EXPECT_H

#include "load_options.h"
#include "load_source.h"

/* An ERROR that names what is missing, unless all that is expected is there. */
extern void LoadCheckExpected(const LoadOptions *options, const LoadFile *files, int count);

#endif							/* TICK_LOAD_EXPECT_H */
