package dev.twinpath.server.ftp;

import dev.twinpath.server.config.FtpLimits;
import dev.twinpath.server.metrics.LoopRecorder;
import dev.twinpath.server.path.PassiveListeners;
import io.netty.channel.EventLoop;
import java.util.function.Function;

/**
 * What all FTP sessions of one path share.
 *
 * @param content the files
 * @param passive opens data listeners on this path
 * @param limits counts sessions
 * @param recorders the counters of the event loop that a control connection is on
 */
record FtpContext(
    FtpLimits config,
    FtpContent content,
    PassiveListeners passive,
    SessionLimits limits,
    Function<EventLoop, LoopRecorder> recorders) {}
