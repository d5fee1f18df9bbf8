/**
 * Exchanges synchronization packets between an ERP and Dynamics Mobile's cloud: push a packet to a
 * mobile user, pull the list of packets that mobile users sent, download each, keep it, and mark it
 * done.
 *
 * <pre>{@code
 * try (Config config = new Config().appArea("DMDEV01").apiKey(key);
 *         Client erp = new Client(config)) {
 *     erp.push("anna", order, PushOptions.xml().packetId("order-4711"));
 * }
 * }</pre>
 *
 * <p>{@link org.dmerp.Client} is where to begin, {@link org.dmerp.Config} has its settings, {@link
 * org.dmerp.Verbs} what it does, {@link org.dmerp.Call} the control of one call, and {@link
 * org.dmerp.DmerpError} what a failure tells.
 *
 * <p>The work is done by a native library, which is in the jar. What is closeable owns memory of it
 * and should be closed; what is dropped unclosed is freed some time after it was garbage collected.
 * Any object may be used by any number of threads at once.
 */
package org.dmerp;
